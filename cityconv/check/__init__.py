"""What all checkers share: the reference they compare with, matching, and findings."""

"""Pictures of annotations and outputs, a gallery of them that works from the disk, and a poster."""

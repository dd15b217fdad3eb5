"""What looks at a data set, or makes one."""

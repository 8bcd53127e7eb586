"""What is measured, each against the alternative it was chosen over."""

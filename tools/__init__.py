"""What is for the checkout alone: not part of the library."""

"""What all HTTP surfaces share."""

"""What the readers learn from and are scored with: labelled mails of invented shops, and the commands that use them."""

"""The bench: mails from a real Dovecot through the daemon to an SMTP sink, with a floor run beside it."""

"""What the readers must bear: mutated mails by the hundred thousand, and texts made to keep a regular expression busy."""

"""What the readers must bear: mutated mails by the hundred thousand, and texts that keep an expression busy."""

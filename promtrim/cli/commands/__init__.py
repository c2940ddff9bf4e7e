"""One module per command; the file's name is the command's name, and this listing is the list of commands."""

"""Evidence: files, words and addresses, with their revisions and uses."""

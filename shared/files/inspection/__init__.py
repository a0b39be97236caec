"""What is looked at in a stranger's file. Loaded anew for every file: nothing heavy is imported here."""

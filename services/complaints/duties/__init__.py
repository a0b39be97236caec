"""What is owed to people and to the Ombudsman by a date: answers about data, notices, corrections."""

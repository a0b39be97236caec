"""What stands beside a question: its usual documents, and the official wording where somebody loaded it."""

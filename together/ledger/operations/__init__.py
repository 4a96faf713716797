"""What can be done to the books: post. Nothing else."""

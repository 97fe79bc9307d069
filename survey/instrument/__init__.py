"""What is asked and what counts as an answer: pure, without web and without database."""

"""What happens in the process of a job; a change here makes all outputs old."""

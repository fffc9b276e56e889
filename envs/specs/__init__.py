"""What a learner sees, does and is paid: every field declared once, written by kernels, documented from there."""

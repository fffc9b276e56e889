"""What the server does for each kind of request: one function each, by the name of the field in Request."""

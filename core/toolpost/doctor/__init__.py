"""What `toolpost doctor` looks at beyond the plugins themselves: orders, guards, and canaries sent through them."""

"""What is said over `/chat`, in the words of its OpenAPI document."""

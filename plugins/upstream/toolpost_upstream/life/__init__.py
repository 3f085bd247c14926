"""The life of the connections to servers: started, up, down, tried again."""

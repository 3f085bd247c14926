"""How clients are told of toolpost: who they are, where their files lie, and how those are changed."""

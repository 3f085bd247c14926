"""The gallery over HTTP: pictures by name, a REST side for programs, and a page for people."""

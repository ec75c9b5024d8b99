"""Tests of the stream as clients see it: real servers, sockets and engines."""

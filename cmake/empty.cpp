// A room that has only headers so far still is a library.

"""What the tests share: servers, clusters, terminals, background load, waiting for a condition."""

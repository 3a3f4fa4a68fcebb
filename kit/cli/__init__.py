"""The command line: parse, call, print, exit code. No arithmetic, one file a command."""

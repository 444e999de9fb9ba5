#!/usr/bin/env python3
"""A queue that only notes when the first worker asks it: prints its port, then that moment in ns of the clock.

    first-take.py ADDRESS
"""

import socket
import sys
import time

listener = socket.create_server((sys.argv[1], 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.recv(4096)
print(time.time_ns(), flush=True)

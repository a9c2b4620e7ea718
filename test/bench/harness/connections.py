"""Opens many connections, asks once on each, and holds them until its input ends."""
import resource
import socket
import sys

port, count, token = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
REQUEST = (f"GET /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
           "\r\n").encode()


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), 30)
        connection.sendall(REQUEST)
        if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
            sys.exit("a request was refused")
        held.append(connection)
    print(f"holding {len(held)}", flush=True)
    sys.stdin.read()


main()

#!/usr/bin/env python3
"""Turns the hostile corpus into requests for the soak: odd.py CASES OUT.

The corpus's tokens are another issuer's, so that nobody is let in by them; what
counts is their shape and that of the headers. Left out is what is no whole request.
"""
import json
import sys


def wire(request):
    fields = [(name, '127.0.0.1' if name == 'Host' else value)
              for name, value in request['headers']]
    head = f"{request['method']} /mcp HTTP/1.1\r\n"
    head += ''.join(f'{name}: {value}\r\n' for name, value in fields)
    return (head + '\r\n' + (request.get('body') or '')).encode('latin-1', 'replace')


def is_whole(request):
    names = {name.lower() for name, _ in request['headers']}
    return (request['method'] in ('GET', 'POST') and 'rawBytes' not in request
            and not names & {'content-length', 'transfer-encoding', 'expect'}
            and not request.get('body'))


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        cases = json.load(file)
    requests = [wire(case['request']) for case in cases if is_whole(case['request'])]
    with open(sys.argv[2], 'wb') as file:
        for request in requests:
            file.write(b'%d\n' % len(request) + request)


main()

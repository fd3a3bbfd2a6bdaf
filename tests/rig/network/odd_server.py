#!/usr/bin/python3
"""Servers that are no cameras, or poor ones.

    odd_server.py CONFIGURATION EVENTS

CONFIGURATION is a JSON file: {"servers": [{"port", "kind"}], "printer": true}. Kinds:
  mute         takes connections and says nothing
  silent_play  an RTSP server that says yes to everything, and sends no video
  garbage      answers every request with bytes that mean nothing
  endless      begins a proper RTSP answer whose header never ends
  closes       closes every connection at once
  camera       an RTSP server as far as DESCRIBE: many of them cost little
A printer answers every WS-Discovery probe as one. EVENTS gets a JSON object a line: {"t",
"event": "connected" | "request" | "login" | "probe", "peer", ...}. Prints "ready" when it serves.
"""
import asyncio
import json
import random
import re
import socket
import struct
import sys
import time
import uuid

GROUP = "239.255.255.250"
SDP = ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=Session\r\nt=0 0\r\na=control:*\r\n"
       "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
       "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==\r\n"
       "a=control:track1\r\n")
MAX_ENDLESS = 50_000_000
EVENTS = None


def log(event, **more):
    EVENTS.write(json.dumps({"t": time.time(), "event": event, **more}) + "\n")


def rtsp_answer(request):
    """A friendly answer to an RTSP request."""
    sequence = re.search(rb"(?i)^cseq: *(\d+)", request, re.M)
    method = request.split(b" ", 1)[0]
    headers = [f"CSeq: {int(sequence[1]) if sequence else 0}"]
    body = ""
    if method == b"OPTIONS":
        headers.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
    elif method == b"DESCRIBE":
        body = SDP
        headers += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
    elif method == b"SETUP":
        headers += ["Session: 1;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]
    else:
        headers.append("Session: 1")
    return ("RTSP/1.0 200 OK\r\n" + "\r\n".join(headers) + "\r\n\r\n" + body).encode()


async def serve(kind, port, reader, writer):
    peer = writer.get_extra_info("peername")[0]
    log("connected", peer=peer, port=port)
    try:
        while kind != "closes":
            if kind == "mute":
                if not await reader.read(4096):
                    break
                continue
            request = await reader.readuntil(b"\r\n\r\n")
            log("request", peer=peer, port=port, method=request.split(b" ", 1)[0].decode("latin-1"))
            if re.search(rb"(?im)^authorization:", request):
                log("login", peer=peer, port=port, ok=False, locked=False)
            if kind in ("silent_play", "camera"):
                writer.write(rtsp_answer(request))
            elif kind == "garbage":
                writer.write(random.Random(port).randbytes(3000))
            elif kind == "endless":
                writer.write(b"RTSP/1.0 200 OK\r\n")
                for _ in range(MAX_ENDLESS // 10_000):
                    writer.write(b"X-Padding: " + b"z" * 9_987 + b"\r\n")
                    await writer.drain()
                break
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


class Printer(asyncio.DatagramProtocol):
    """A printer in the eyes of WS-Discovery."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        asked = re.search(rb"MessageID[^>]*>([^<]{1,200})<", data)
        if b"Probe" not in data or not asked:
            return
        log("probe", peer=peer[0])
        self.transport.sendto((
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
            'xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof" '
            'xmlns:wprt="http://schemas.microsoft.com/windows/2006/08/wdp/print"><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{asked[1].decode()}"
            "</a:RelatesTo><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches"
            "</a:Action></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference>"
            "<a:Address>urn:uuid:00000000-0000-1000-8000-00000000c0de</a:Address>"
            "</a:EndpointReference><d:Types>wsdp:Device wprt:PrintDeviceType</d:Types>"
            "<d:Scopes>http://printer.example/imaging/video</d:Scopes>"
            "<d:XAddrs>http://10.77.0.60:80/WSD/DEVICE</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body>"
            "</s:Envelope>").encode(), peer)


async def main():
    global EVENTS
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    EVENTS = open(sys.argv[2], "a", buffering=1, encoding="utf-8")
    servers = []
    for one in settings.get("servers", []):
        async def handle(reader, writer, one=one):
            await serve(one["kind"], one["port"], reader, writer)

        servers.append(await asyncio.start_server(handle, "0.0.0.0", one["port"]))
    if settings.get("printer"):
        multicast = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        multicast.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        multicast.bind(("", 3702))
        multicast.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), socket.if_nametoindex("eth0")))
        servers.append(await asyncio.get_running_loop().create_datagram_endpoint(
            Printer, sock=multicast))
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

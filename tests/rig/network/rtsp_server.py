#!/usr/bin/python3
"""An RTSP camera by GStreamer.

    rtsp_server.py CONFIGURATION EVENTS

CONFIGURATION is a JSON file:
  port              where it listens
  address           on this address alone; default: on every one
  mounts            {path: stream}; a path may have a query, "/cam/realmonitor?channel=1".
                    stream: codec (h264, h265, mjpeg), width, height, fps, gop_s,
                    always_on (its encoder runs all the time, so a client joins between two
                    key frames, as with a real camera; else it starts with every client)
  auth              scheme (digest, basic), realm, users {name: password},
                    lockout_after and lockout_s: after so many refused log-ins every log-in is
                    refused for so long, the right password's too
  any_path_asks     a password is asked for before an unknown path is told to be unknown
  describe_delay_s  how long DESCRIBE takes
EVENTS gets a JSON object a line: {"t", "event": "connected" | "login" | "describe" | "play" |
"closed", "peer", ...}; of a login "user", "ok" and "locked". Prints "ready" when it serves.
SIGUSR2 locks it for lockout_s, as somebody else's refused log-ins do.
"""
import json
import signal
import socket
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=300"
            " key-int-max={gop} ! h264parse config-interval=-1 ! rtph264pay",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast bitrate=300"
            " key-int-max={gop} ! h265parse config-interval=-1 ! rtph265pay",
    "mjpeg": "jpegenc ! rtpjpegpay",
}
# What an encoder that runs all the time sends to the streams of its clients.
RELAYS = {
    "h264": "encoding-name=H264 ! rtph264depay ! h264parse ! rtph264pay",
    "h265": "encoding-name=H265 ! rtph265depay ! h265parse ! rtph265pay",
    "mjpeg": "encoding-name=JPEG ! rtpjpegdepay ! rtpjpegpay",
}


class Events:
    """The log of what clients did."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def write(self, event, **more):
        self.file.write(json.dumps({"t": time.time(), "event": event, **more}) + "\n")


class Lockout:
    """Refuses everybody for a while after too many refused log-ins."""

    def __init__(self, settings):
        self.after = settings.get("lockout_after", 0)
        self.seconds = settings.get("lockout_s", 0)
        self.failures = 0
        self.until = 0.0

    def locked(self):
        return time.monotonic() < self.until

    def note(self, accepted):
        if accepted:
            self.failures = 0
            return
        self.failures += 1
        if self.after and self.failures >= self.after:
            self.lock()

    def lock(self):
        self.failures = 0
        self.until = time.monotonic() + self.seconds
        return True


class Auth(GstRtspServer.RTSPAuth):
    """Asks for a password, locks out, and writes down every log-in."""

    def __init__(self, settings, events):
        super().__init__()
        self.events = events
        self.lockout = Lockout(settings)
        self.set_realm(settings["realm"])
        digest = settings["scheme"] == "digest"
        self.set_supported_methods(
            GstRtsp.RTSPAuthMethod.DIGEST if digest else GstRtsp.RTSPAuthMethod.BASIC)
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        for user, password in settings["users"].items():
            if digest:
                self.add_digest(user, password, token)
            else:
                self.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)

    @staticmethod
    def shown(context):
        """The login of a request; nothing when it has none."""
        result, header = context.request.get_header(GstRtsp.RTSPHeaderField.AUTHORIZATION, 0)
        return header if result == GstRtsp.RTSPResult.OK else None

    def do_authenticate(self, context):
        header = self.shown(context)
        if header is None:
            return True
        locked = self.lockout.locked()
        if not locked:
            GstRtspServer.RTSPAuth.do_authenticate(self, context)
            self.lockout.note(context.token is not None)
        user = header.split('username="')[1].split('"')[0] if 'username="' in header else ""
        self.events.write("login", peer=context.conn.get_ip(), user=user,
                          ok=context.token is not None, locked=locked)
        return True

    def admits(self, context):
        """Whether a request's login is right; one that is not is left to do_authenticate."""
        if self.shown(context) is None or self.lockout.locked():
            return False
        GstRtspServer.RTSPAuth.do_authenticate(self, context)
        if context.token is None:
            return False
        self.do_authenticate(context)
        return True


class Factory(GstRtspServer.RTSPMediaFactory):
    """Makes the streams of one path, by their queries."""

    def __init__(self, streams, asks):
        super().__init__()
        self.streams = streams
        self.set_shared(True)
        self.set_suspend_mode(GstRtspServer.RTSPSuspendMode.NONE)
        if asks:
            viewer = {"media.factory.access": True, "media.factory.construct": True}
            permissions = GstRtspServer.RTSPPermissions()
            for permission, value in viewer.items():
                permissions.add_permission_for_role("viewer", permission, value)
            self.set_permissions(permissions)

    def do_create_element(self, url):
        stream = self.streams.get(url.query or "")
        return Gst.parse_launch(stream) if stream else None


class Paths(GstRtspServer.RTSPMountPoints):
    """Knows a path only together with its query; all others are "/unknown"."""

    def __init__(self, mounts):
        super().__init__()
        self.mounts = mounts

    def knows(self, url):
        return (url.abspath + "?" + url.query if url.query else url.abspath) in self.mounts

    def do_make_path(self, url):
        return url.abspath if self.knows(url) else "/unknown"


def picture(stream):
    """The first half of a pipeline: the picture, encoded and in RTP packets."""
    fps = stream.get("fps", 10)
    source = (f"videotestsrc is-live=true ! video/x-raw,format=I420,width={stream.get('width', 640)},"
              f"height={stream.get('height', 360)},framerate={fps}/1 ! ")
    gop = max(1, round(stream.get("gop_s", 1) * fps))
    return source + ENCODERS[stream.get("codec", "h264")].format(gop=gop)


def watch(client, events, delay, unknown):
    """Writes down what a client does. `unknown` says which requests are for no path of ours."""
    peer = client.get_connection().get_ip()
    events.write("connected", peer=peer)

    def describe(_client, context):
        time.sleep(delay)
        return (GstRtsp.RTSPStatusCode.NOT_FOUND if unknown(context)
                else GstRtsp.RTSPStatusCode.OK)

    def note(event):
        return lambda _client, context: events.write(event, peer=peer, url=context.uri.abspath)

    client.connect("pre-describe-request", describe)
    client.connect("describe-request", note("describe"))
    client.connect("play-request", note("play"))
    client.connect("closed", lambda _client: events.write("closed", peer=peer))


def free_udp_port():
    """A port of the loopback interface, for an encoder that runs all the time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    events = Events(sys.argv[2])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address(settings.get("address", "0.0.0.0"))
    server.set_service(str(settings.get("port", 554)))
    paths = Paths(settings["mounts"])
    server.set_mount_points(paths)
    asks = settings.get("auth")
    auth = None
    if asks:
        auth = Auth(asks, events)
        server.set_auth(auth)
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR2, auth.lockout.lock)
    encoders = []
    by_path = {}
    if settings.get("any_path_asks"):
        by_path["/unknown"] = {}
    for mount, stream in settings["mounts"].items():
        path, _, query = mount.partition("?")
        if stream.get("always_on"):
            port = free_udp_port()
            encoder = Gst.parse_launch(
                f"{picture(stream)} ! udpsink host=127.0.0.1 port={port} sync=false")
            encoder.set_state(Gst.State.PLAYING)
            encoders.append(encoder)
            served = (f"udpsrc address=127.0.0.1 port={port} caps=application/x-rtp,media=video,"
                      f"clock-rate=90000,{RELAYS[stream.get('codec', 'h264')]} name=pay0 pt=96")
        else:
            served = picture(stream) + " name=pay0 pt=96"
        by_path.setdefault(path, {})[query] = served
    for path, streams in by_path.items():
        server.get_mount_points().add_factory(path, Factory(streams, bool(asks)))

    def unknown(context):
        return not paths.knows(context.uri) and (auth is None or auth.admits(context))

    server.connect("client-connected",
                   lambda _server, client: watch(client, events,
                                                 settings.get("describe_delay_s", 0),
                                                 unknown))
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    print("ready", flush=True)
    GLib.MainLoop().run()


main()

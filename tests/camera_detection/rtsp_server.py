#!/usr/bin/python3
"""A camera by GStreamer: serves /stream on a free port of the loopback interface.

    rtsp_server.py CODEC [GOP [SCHEME USER PASSWORD]]

CODEC is h264, h265 or mjpeg: 320x240, 15 frames a second. With a GOP other than 0 its encoder
runs all the time, with a key frame every GOP seconds, and clients join in between, as with
real cameras; otherwise it starts anew, by a key frame, for every client. SCHEME is digest or
basic. Prints "ready PORT", and then "login" for every password that it is shown.
"""
import socket
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

FPS = 15
SOURCE = f"videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate={FPS}/1 ! "
ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max={gop}"
            " ! h264parse config-interval=-1 ! rtph264pay",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max={gop}"
            " ! h265parse config-interval=-1 ! rtph265pay",
    "mjpeg": "jpegenc ! rtpjpegpay",
}
RELAYS = {
    "h264": "encoding-name=H264 ! rtph264depay ! h264parse ! rtph264pay",
    "h265": "encoding-name=H265 ! rtph265depay ! h265parse ! rtph265pay",
    "mjpeg": "encoding-name=JPEG ! rtpjpegdepay ! rtpjpegpay",
}


class Auth(GstRtspServer.RTSPAuth):
    """Notes every log-in."""

    def do_authenticate(self, context):
        result, _ = context.request.get_header(GstRtsp.RTSPHeaderField.AUTHORIZATION, 0)
        if result != GstRtsp.RTSPResult.OK:
            return True
        GstRtspServer.RTSPAuth.do_authenticate(self, context)
        print("login", "accepted" if context.token else "refused", flush=True)
        return True


def ask_for_password(server, factory, scheme, user, password):
    auth = Auth()
    auth.set_realm("Login to camera")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if scheme == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", permission, True)
    factory.set_permissions(permissions)


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    codec = sys.argv[1]
    gop = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    encoder = None
    if gop:
        factory.set_suspend_mode(GstRtspServer.RTSPSuspendMode.NONE)
        port = free_udp_port()
        made = SOURCE + ENCODERS[codec].format(gop=round(gop * FPS))
        encoder = Gst.parse_launch(f"{made} ! udpsink host=127.0.0.1 port={port} sync=false")
        encoder.set_state(Gst.State.PLAYING)
        factory.set_launch(f"udpsrc address=127.0.0.1 port={port} caps=application/x-rtp,"
                           f"media=video,clock-rate=90000,{RELAYS[codec]} name=pay0 pt=96")
    else:
        factory.set_launch(SOURCE + ENCODERS[codec].format(gop=FPS) + " name=pay0 pt=96")
    if len(sys.argv) > 3:
        ask_for_password(server, factory, *sys.argv[3:6])
    server.get_mount_points().add_factory("/stream", factory)
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    print("ready", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()
    del encoder


main()

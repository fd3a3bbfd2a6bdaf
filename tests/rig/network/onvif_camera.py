#!/usr/bin/python3
"""An ONVIF camera: WS-Discovery and the device and media services, without a stream.

    onvif_camera.py CONFIGURATION EVENTS

CONFIGURATION is a JSON file; what is not in it has the value given here:
  port 80, path "/onvif/device_service", endpoint (UUID), name, manufacturer, model, serial,
  firmware, hardware_address (of GetNetworkInterfaces; absent: it knows none)
  types "dn:NetworkVideoTransmitter tds:Device", scopes (further ones)
  profiles          [{token, name, path, width, height, fps, encoding}], the path with its query
  rtsp_port 554, rtsp_host, xaddr_host (wrong ones, in place of the address it is asked at)
  auth              none, wsse or digest (of HTTP); users {name: password}
  window_s 300      how far the time in a WSSE log-in may be from the camera's
  replay_check true a nonce is good for one WSSE log-in
  skew_s 0          how far the camera's clock is from ours
  time_asks false   its time is no exception: a password is wanted for it as well
  lockout_after, lockout_s   after so many refused log-ins all are refused for so long
  fault_status 400  HTTP status of a refusal
  delay_s 0         how long every answer takes
  reply             garbage, huge, bomb or half: what is answered in place of sense
  discovery true    whether it speaks WS-Discovery; hello true: whether it says Hello; answers
                    true: whether it answers probes
EVENTS gets a JSON object a line: {"t", "event": "probe" | "request" | "login", "peer", ...}; of
a login "user", "kind", "ok", "locked" and "why". Prints "ready" when it serves; says Bye at
SIGTERM, and Hello once more at SIGUSR1.
"""
import base64
import binascii
import calendar
import hashlib
import http.server
import json
import os
import random
import re
import signal
import socket
import struct
import sys
import threading
import time
import uuid
from xml.etree import ElementTree
from xml.sax.saxutils import escape

GROUP = "239.255.255.250"
PORT = 3702
MAX_DELAY_S = 0.5  # APP_MAX_DELAY of WS-Discovery 1.1, for what is asked by multicast
LOCK = threading.RLock()

NAMESPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:ter="http://www.onvif.org/ver10/error"')

BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)
) + f"]><s:Envelope {NAMESPACES}><s:Body>&j;</s:Body></s:Envelope>"


def envelope(body, header=""):
    return (f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {NAMESPACES}>'
            f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>").encode()


def local(name):
    """The last part of a name with a namespace or a prefix."""
    return name.rpartition("}")[2].rpartition(":")[2]


def first(tree, name):
    """The first element of this name, whatever its namespace."""
    return next((x for x in tree.iter() if local(x.tag) == name), None)


def text(tree, name):
    found = first(tree, name)
    return (found.text or "").strip() if found is not None else ""


class Camera:
    def __init__(self, settings, events):
        self.settings = settings
        self.events = open(events, "a", buffering=1, encoding="utf-8")
        self.endpoint = settings.get("endpoint", str(uuid.uuid4()))
        self.nonces = set()
        self.failures = 0
        self.locked_until = 0.0

    def get(self, key, otherwise=None):
        return self.settings.get(key, otherwise)

    def log(self, event, **more):
        with LOCK:
            self.events.write(json.dumps({"t": time.time(), "event": event, **more}) + "\n")

    def service(self, address):
        return (f"http://{self.get('xaddr_host', address)}:{self.get('port', 80)}"
                f"{self.get('path', '/onvif/device_service')}")

    def now(self):
        return time.time() + self.get("skew_s", 0)

    # -- log-ins ---------------------------------------------------------------------------

    def login(self, peer, kind, user, check):
        """Judges a log-in; `check` says why it is wrong, or nothing."""
        with LOCK:
            locked = time.monotonic() < self.locked_until
            why = "locked" if locked else check()
            if not locked:
                self.failures = self.failures + 1 if why else 0
                if self.failures and self.failures == self.get("lockout_after", 0):
                    self.failures = 0
                    self.locked_until = time.monotonic() + self.get("lockout_s", 0)
        self.log("login", peer=peer, user=user, kind=kind, ok=not why, locked=locked, why=why)
        return not why

    def check_wsse(self, token):
        try:
            nonce = base64.b64decode(text(token, "Nonce"), validate=True)
            created = text(token, "Created")
            when = calendar.timegm(time.strptime(created[:19], "%Y-%m-%dT%H:%M:%S"))
        except (binascii.Error, ValueError):
            return "malformed"
        if not created.endswith("Z"):
            return "no Zulu time"
        if abs(when - self.now()) > self.get("window_s", 300):
            return "Wsse authorized time check failed"
        if nonce in self.nonces and self.get("replay_check", True):
            return "replayed"
        password = self.get("users", {}).get(text(token, "Username"))
        if password is None:
            return "unknown user"
        given = first(token, "Password")
        if given is None or not given.get("Type", "").endswith("#PasswordDigest"):
            return "not a digest"
        digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()
        if base64.b64encode(digest).decode() != given.text:
            return "wrong password"
        self.nonces.add(nonce)
        return ""

    def check_digest(self, header, method):
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
        password = self.get("users", {}).get(fields.get("username", ""))
        if password is None:
            return "unknown user"
        if fields.get("nonce") not in self.nonces:
            return "unknown nonce"

        def md5(value):
            return hashlib.md5(value.encode()).hexdigest()

        secret = md5(f"{fields['username']}:{fields.get('realm')}:{password}")
        asked = md5(f"{method}:{fields.get('uri')}")
        expected = md5(":".join([secret, fields["nonce"], fields.get("nc", ""),
                                 fields.get("cnonce", ""), fields.get("qop", ""), asked]))
        return "" if expected == fields.get("response") else "wrong password"

    # -- what it says of itself ----------------------------------------------------------------

    def date_and_time(self, _address, _tree):
        def moment(name, seconds):
            t = time.gmtime(seconds)
            return (f"<tt:{name}><tt:Time><tt:Hour>{t.tm_hour}</tt:Hour><tt:Minute>{t.tm_min}"
                    f"</tt:Minute><tt:Second>{t.tm_sec}</tt:Second></tt:Time><tt:Date><tt:Year>"
                    f"{t.tm_year}</tt:Year><tt:Month>{t.tm_mon}</tt:Month><tt:Day>{t.tm_mday}"
                    f"</tt:Day></tt:Date></tt:{name}>")

        return ("<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP"
                "</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone>"
                "<tt:TZ>UTC0</tt:TZ></tt:TimeZone>" + moment("UTCDateTime", self.now())
                + moment("LocalDateTime", self.now())
                + "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>")

    def device_information(self, _address, _tree):
        keys = {"Manufacturer": "manufacturer", "Model": "model", "FirmwareVersion": "firmware",
                "SerialNumber": "serial", "HardwareId": "hardware"}
        return ("<tds:GetDeviceInformationResponse>" + "".join(
            f"<tds:{name}>{escape(self.get(key, ''))}</tds:{name}>" for name, key in keys.items())
            + "</tds:GetDeviceInformationResponse>")

    def network_interfaces(self, address, _tree):
        inner = ""
        if self.get("hardware_address"):
            inner = ('<tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled><tt:Info>'
                     f"<tt:Name>eth0</tt:Name><tt:HwAddress>{self.get('hardware_address')}"
                     "</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info><tt:IPv4><tt:Enabled>true"
                     "</tt:Enabled><tt:Config><tt:Manual><tt:Address>" + address
                     + "</tt:Address><tt:PrefixLength>24</tt:PrefixLength></tt:Manual><tt:DHCP>"
                     "false</tt:DHCP></tt:Config></tt:IPv4></tds:NetworkInterfaces>")
        return f"<tds:GetNetworkInterfacesResponse>{inner}</tds:GetNetworkInterfacesResponse>"

    def capabilities(self, address, _tree):
        service = self.service(address)
        return ("<tds:GetCapabilitiesResponse><tds:Capabilities>"
                f"<tt:Device><tt:XAddr>{service}</tt:XAddr></tt:Device>"
                f"<tt:Media><tt:XAddr>{service}</tt:XAddr></tt:Media>"
                "</tds:Capabilities></tds:GetCapabilitiesResponse>")

    def services(self, address, _tree):
        return "<tds:GetServicesResponse>" + "".join(
            f"<tds:Service><tds:Namespace>http://www.onvif.org/ver10/{kind}/wsdl</tds:Namespace>"
            f"<tds:XAddr>{self.service(address)}</tds:XAddr><tds:Version><tt:Major>2</tt:Major>"
            "<tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
            for kind in ("device", "media")) + "</tds:GetServicesResponse>"

    def scopes(self, _address=None, _tree=None):
        return "<tds:GetScopesResponse>" + "".join(
            f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{escape(scope)}"
            "</tt:ScopeItem></tds:Scopes>" for scope in self.scope_list()
        ) + "</tds:GetScopesResponse>"

    def scope_list(self):
        name = self.get("name", "Camera").replace(" ", "%20")
        return ["onvif://www.onvif.org/type/video_encoder",
                "onvif://www.onvif.org/Profile/Streaming", f"onvif://www.onvif.org/name/{name}",
                f"onvif://www.onvif.org/hardware/{self.get('model', '')}", *self.get("scopes", [])]

    def profiles(self, _address, _tree):
        result = "<trt:GetProfilesResponse>"
        for one in self.get("profiles", []):
            result += (
                f'<trt:Profiles token="{one["token"]}" fixed="true"><tt:Name>{escape(one["name"])}'
                '</tt:Name><tt:VideoSourceConfiguration token="vsc"><tt:Name>source</tt:Name>'
                "<tt:UseCount>1</tt:UseCount><tt:SourceToken>vs</tt:SourceToken>"
                '<tt:Bounds x="0" y="0" width="1920" height="1080"/>'
                f'</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="{one["token"]}'
                f'_e"><tt:Name>encoder</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>'
                f'{one.get("encoding", "H264")}</tt:Encoding><tt:Resolution><tt:Width>'
                f'{one["width"]}</tt:Width><tt:Height>{one["height"]}</tt:Height></tt:Resolution>'
                "<tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>"
                f'{one.get("fps", 10)}</tt:FrameRateLimit><tt:EncodingInterval>1'
                "</tt:EncodingInterval><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>"
                "</tt:VideoEncoderConfiguration></trt:Profiles>")
        return result + "</trt:GetProfilesResponse>"

    def video_sources(self, _address, _tree):
        return ('<trt:GetVideoSourcesResponse><trt:VideoSources token="vs"><tt:Framerate>25'
                "</tt:Framerate><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080"
                "</tt:Height></tt:Resolution></trt:VideoSources></trt:GetVideoSourcesResponse>")

    def stream_uri(self, address, tree):
        wanted = text(tree, "ProfileToken")
        one = next((x for x in self.get("profiles", []) if x["token"] == wanted), None)
        if one is None:
            return None
        uri = (f"rtsp://{self.get('rtsp_host', address)}:{self.get('rtsp_port', 554)}"
               f"{one['path']}")
        return ("<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>" + escape(uri)
                + "</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
                "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S"
                "</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>")

    ANSWERS = {
        "GetSystemDateAndTime": date_and_time,
        "GetDeviceInformation": device_information,
        "GetNetworkInterfaces": network_interfaces,
        "GetCapabilities": capabilities,
        "GetServices": services,
        "GetScopes": scopes,
        "GetProfiles": profiles,
        "GetVideoSources": video_sources,
        "GetStreamUri": stream_uri,
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    camera: Camera

    def log_message(self, *_arguments):
        pass

    def send(self, status, body, headers=(), length=None):
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
                 "Content-Type: application/soap+xml; charset=utf-8",
                 f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
        self.wfile.write("\r\n".join(lines).encode() + body)

    def fault(self, status, code, reason, headers=()):
        self.send(status, envelope(
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:" + code
            + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">" + escape(reason)
            + "</s:Text></s:Reason></s:Fault>"), headers)

    def authorized(self, tree):
        """Whether it may be answered; says so itself when not."""
        camera = self.camera
        peer = self.client_address[0]
        header = self.headers.get("Authorization", "")
        kind = camera.get("auth", "none")
        if header.startswith("Basic "):
            user = base64.b64decode(header[6:] + "==").decode(errors="replace").partition(":")[0]
            camera.login(peer, "basic", user, lambda: "password in clear")
        elif kind == "none":
            return True
        elif kind == "wsse":
            token = first(tree, "UsernameToken")
            why = "Sender not authorized"
            if token is not None:
                if camera.login(peer, "wsse", text(token, "Username"),
                                lambda: camera.check_wsse(token)):
                    return True
            self.fault(camera.get("fault_status", 400), "NotAuthorized", why)
            return False
        elif header.startswith("Digest "):
            user = dict(re.findall(r'(\w+)="([^"]*)"', header)).get("username", "")
            if camera.login(peer, "digest", user,
                            lambda: camera.check_digest(header, self.command)):
                return True
        nonce = os.urandom(8).hex()
        camera.nonces.add(nonce)
        self.fault(401, "NotAuthorized", "Sender not authorized", [
            f'WWW-Authenticate: Digest realm="onvif", qop="auth", nonce="{nonce}", algorithm=MD5'])
        return False

    def nonsense(self, kind):
        """Answers something that is no answer."""
        self.close_connection = True
        if kind == "garbage":
            self.send(200, random.Random(1).randbytes(2000))
        elif kind == "bomb":
            self.send(200, BOMB.encode())
        elif kind == "half":
            whole = envelope("<tds:GetDeviceInformationResponse><tds:Manufacturer>Half")
            self.send(200, whole[:-40], length=len(whole) + 5000)
        elif kind == "huge":
            self.send(200, b"<x>", length=100_000_000)
            for _ in range(1600):
                self.wfile.write(b"y" * 62_500)

    def do_POST(self):
        camera = self.camera
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length) if length.isdigit() else 0, 1_000_000))
        try:
            tree = ElementTree.fromstring(body)
            action = local(first(tree, "Body")[0].tag)
        except (ElementTree.ParseError, TypeError, IndexError):
            # A client that knows of HTTP Digest may first ask with nothing, for the challenge.
            if body or camera.get("auth") != "digest" or self.authorized(None):
                self.fault(400, "WellFormed", "not a request")
            return
        camera.log("request", peer=self.client_address[0], action=action)
        time.sleep(camera.get("delay_s", 0))
        try:
            if camera.get("reply"):
                self.nonsense(camera.get("reply"))
                return
            free = action == "GetSystemDateAndTime" and not camera.get("time_asks")
            if not free and not self.authorized(tree):
                return
            answer = camera.ANSWERS.get(action)
            inner = answer(camera, self.connection.getsockname()[0], tree) if answer else None
            if inner is None:
                self.fault(400, "ActionNotSupported", "no such action")
            else:
                self.send(200, envelope(inner))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Discovery(threading.Thread):
    """WS-Discovery, as a target service."""

    def __init__(self, camera):
        super().__init__(daemon=True)
        self.camera = camera
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("", PORT))
        index = socket.if_nametoindex("eth0")
        self.membership = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), index)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, self.membership)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, self.membership)

    @staticmethod
    def address_towards(peer):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((peer, PORT))
            return probe.getsockname()[0]

    def announcement(self, action, element, towards, relates=""):
        camera = self.camera
        types = camera.get("types", "dn:NetworkVideoTransmitter tds:Device")
        matches = (
            f"<a:EndpointReference><a:Address>urn:uuid:{camera.endpoint}</a:Address>"
            f"</a:EndpointReference><d:Types>{types}</d:Types><d:Scopes>"
            f"{escape(' '.join(camera.scope_list()))}</d:Scopes>"
            f"<d:XAddrs>{camera.service(self.address_towards(towards))}</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion>")
        inner = f"<d:ProbeMatch>{matches}</d:ProbeMatch>" if relates else matches
        header = (f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
                  + (f"<a:RelatesTo>{escape(relates)}</a:RelatesTo>" if relates else "")
                  + "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
                  f"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{action}</a:Action>")
        return envelope(f"<d:{element}>{inner}</d:{element}>", header)

    def say(self, what):
        """Says Hello or Bye; nobody hears it while there is no network."""
        try:
            self.socket.sendto(self.announcement(what, what, GROUP), (GROUP, PORT))
        except OSError as error:
            print(f"{what} not said: {error}", file=sys.stderr)

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(65535)
            try:
                tree = ElementTree.fromstring(data)
            except ElementTree.ParseError:
                continue
            if first(tree, "Probe") is None:
                continue
            wanted = {local(x) for x in text(tree, "Types").split()}
            ours = {local(x) for x in
                    self.camera.get("types", "dn:NetworkVideoTransmitter tds:Device").split()}
            answers = wanted <= ours and self.camera.get("answers", True)
            self.camera.log("probe", peer=peer[0], types=sorted(wanted), answered=answers)
            if answers:
                answer = self.announcement("ProbeMatches", "ProbeMatches", peer[0],
                                           text(tree, "MessageID"))
                threading.Timer(random.uniform(0, self.camera.get("max_delay_s", MAX_DELAY_S)),
                                self.socket.sendto, (answer, peer)).start()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _peer):
        """A client that goes away is no error."""


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        camera = Camera(json.load(file), sys.argv[2])
    Handler.camera = camera
    discovery = Discovery(camera) if camera.get("discovery", True) else None
    server = Server(("", camera.get("port", 80)), Handler)
    if discovery:
        def leave(_signal, _frame):
            discovery.say("Bye")
            sys.exit(0)

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGUSR1, lambda _signal, _frame: discovery.say("Hello"))
        discovery.start()
        if camera.get("hello", True):
            discovery.say("Hello")
    print("ready", flush=True)
    server.serve_forever(poll_interval=60)


main()

"""What the tests of the page play on: a broker, a daemon and a Chromium of their own.

Everything listens on free ports of the loopback interface, keeps its files in one temporary
folder, and ends with the test, also when the test is killed.
"""

import ctypes
import json
import math
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import paho.mqtt.client as mqtt
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

HERE = pathlib.Path(__file__).resolve().parent
RECORDING = HERE.parents[1] / "rig" / "two_camera_fire.jsonl"
PATIENCE = 20.0


def until(look, what, limit=PATIENCE):
    """Polls until `look` returns something true, and returns that."""
    deadline = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"after {limit:.0f} s still not: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def end_with_parent():
    """In the child: it does not outlive a test that is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if path is None:
        raise AssertionError(f"there is no {name}")
    return path


class Stage:
    """The broker and the daemon."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="firefinder-browser-"))
        self.mqtt_port = free_port()
        self.web_port = free_port()
        self.url = f"http://127.0.0.1:{self.web_port}/"
        self.messages = []
        self.environment = {}
        self.daemon = None
        self.broker = self._start_broker()
        self.peer = mqtt.Client()
        self.peer.on_message = lambda _, __, message: self.messages.append(message)
        self.peer.max_queued_messages_set(0)
        self.peer.connect("127.0.0.1", self.mqtt_port)
        self.peer.subscribe("#", qos=1)
        self.peer.loop_start()

    def _start_broker(self):
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(
            # As root it would become the user "mosquitto", who cannot read the folder.
            ("user root\n" if os.geteuid() == 0 else "")
            + f"listener {self.mqtt_port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_queued_messages 100000\nset_tcp_nodelay true\nlog_dest stderr\n")
        log = open(self.folder / "broker.log", "wb")
        broker = subprocess.Popen([program("mosquitto"), "-c", configuration], stdin=subprocess.DEVNULL,
                                  stderr=log, preexec_fn=end_with_parent)
        log.close()
        until(lambda: b" running\n" in (self.folder / "broker.log").read_bytes(), "the broker serves")
        return broker

    def start_daemon(self, configuration="", **environment):
        """Starts it, the next times as the first, and waits until its page is served."""
        if self.daemon is None:
            (self.folder / "firefinder.yaml").write_text(configuration)
            self.environment = {
                "PATH": os.environ.get("PATH", ""), "HOME": str(self.folder),
                "STATE_DIR": str(self.folder / "state"), "MQTT_BROKER": "127.0.0.1",
                "MQTT_PORT": str(self.mqtt_port), "WEB_LISTEN": f"127.0.0.1:{self.web_port}",
                # A test is heard on no network but its own.
                "ONVIF_ENABLED": "false", "MDNS_ENABLED": "false", **environment}
            for name in ("ASAN_OPTIONS", "LSAN_OPTIONS"):
                if name in os.environ:
                    self.environment[name] = os.environ[name]
            (self.folder / "state").mkdir()
        log = open(self.folder / "daemon.log", "ab")
        self.daemon = subprocess.Popen(
            [os.environ["FIREFINDER_BINARY"], "run", "--config", self.folder / "firefinder.yaml"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=end_with_parent)
        log.close()
        until(self.ready, "the daemon is linked to the broker and serves its page")

    def ready(self):
        try:
            with urllib.request.urlopen(self.url + "readyz", timeout=2) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return False
        except OSError:
            return False

    def end_daemon(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        self.daemon.wait(PATIENCE)

    def log(self):
        return (self.folder / "daemon.log").read_text(errors="replace")

    def payloads(self, topic):
        return [json.loads(m.payload) for m in list(self.messages) if m.topic == topic]

    def say(self, topic, payload):
        self.peer.publish(topic, json.dumps(payload), qos=1)

    def see(self, camera, area, confidence=0.9, label="fire"):
        """One detection of a camera: a square in the middle with this share of the picture."""
        half = math.sqrt(area) / 2
        self.say(f"fire/detection/{camera}", {
            "camera_id": camera, "object_id": "1", "label": label, "confidence": confidence,
            "bbox": [0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half], "timestamp": time.time()})

    def burn(self, *cameras, samples=8, pause=0.25):
        """A fire that grows before these cameras, in real time."""
        for i in range(samples):
            for camera in cameras:
                self.see(camera, 0.01 * 1.15 ** i)
            time.sleep(pause)

    def play_recording(self, speed=1.0):
        """The two-camera fire of the demonstration."""
        recorded = [json.loads(line) for line in RECORDING.read_text().splitlines()]
        first, begin = recorded[0]["t"], time.time()
        for message in recorded:
            due = begin + (message["t"] - first) / speed
            time.sleep(max(0.0, due - time.time()))
            message["payload"]["timestamp"] = time.time()
            self.say(message["topic"], message["payload"])

    def close(self):
        self.peer.loop_stop()
        self.peer.disconnect()
        for process in (self.daemon, self.broker):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Browser:
    """A headless Chromium that looks at one page."""

    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--hide-scrollbars", "--no-proxy-server", "--lang=en-GB",
                         f"--user-data-dir={folder / 'chromium'}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(program("chromedriver"), service_args=["--disable-build-check"])
        self.driver = webdriver.Chrome(service=service, options=options)
        self.driver.set_script_timeout(PATIENCE)
        self.command("Page.addScriptToEvaluateOnNewDocument", source=(HERE / "probe.js").read_text())
        self.size(1360, 900)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def size(self, width, height, scale=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=scale, mobile=width < 600)

    def scheme(self, name):
        self.command("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": name}])
        # Plots take the new colours in the next frames.
        self.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        """What is to be read there; empty: nothing, or it is hidden."""
        return self.run("const found = document.querySelector(arguments[0]);"
                        "return found?.checkVisibility() ? found.innerText : ''", selector)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def picture(self, name):
        folder = pathlib.Path(os.environ["SCREENSHOTS"])
        folder.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{name}.png"))

    def complaints(self):
        """What the console tells of errors, and violations of the security policy."""
        told = [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]
        return told + self.run("return window.probe.complaints")

    def close(self):
        self.driver.quit()

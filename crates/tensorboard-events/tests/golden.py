"""Makes `golden.tfevents` again, by TensorBoard's own package: `pip install tensorboard`, then run this here."""

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

def scalar(tag, value):
    return Summary(value=[Summary.Value(tag=tag, simple_value=value)])

image = Summary.Image(height=2, width=300, colorspace=3, encoded_image_string=bytes(range(256)))
with open("golden.tfevents", "wb") as file:
    records = RecordWriter(file)
    for event in [
        Event(wall_time=1.5, file_version="brain.Event:2"),
        Event(wall_time=2.25, step=1, summary=scalar("readout/Loss/train", 0.1)),
        Event(wall_time=1e9 / 7, step=70_000, summary=scalar("höhe", 0.0)),
        Event(wall_time=3.0, step=2, summary=Summary(value=[Summary.Value(tag="detectors", image=image)])),
    ]:
        records.write(event.SerializeToString())

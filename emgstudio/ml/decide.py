"""From one conditioned window to a decision: the same steps live and on recordings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Decision, FloatSamples, Samples
from emgstudio.ml.dataset import LabelledSamples, build_dataset
from emgstudio.ml.evaluate import EvaluationReport, Tested, evaluation_report
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import Postprocess, PostprocessSpec


class Decider:
    """A model and its memory of the last decisions."""

    def __init__(self, model: GestureModel, spec: PostprocessSpec | None = None) -> None:
        self.model = model
        self._post = Postprocess(spec or model.postprocess, model.classes)

    def reset(self) -> None:
        """Forget what came before."""
        self._post.reset()

    def step(self, window: Samples, index: int, time: float) -> Decision | None:
        """Decide on ``window (length, channels)`` whose last sample is ``index`` at ``time``.

        None, and the past forgotten, if a number in it is not finite. The
        latency is left at 0.
        """
        if not np.isfinite(window).all():
            self.reset()
            return None
        probabilities = self.model.predict(window)
        gesture, confidence, rejected = self._post.step(probabilities)
        return Decision(
            time=time,
            index=index,
            gesture=gesture,
            confidence=confidence,
            raw_gesture=self.model.classes[int(probabilities.argmax())],
            probabilities=tuple(probabilities.tolist()),
            proportional=self.model.effort(gesture, window),
            latency_s=0.0,
            rejected=rejected,
        )


def rest_decision(model: GestureModel, index: int, time: float) -> Decision:
    """What is decided when nothing can be."""
    return Decision(
        time=time,
        index=index,
        gesture=REST,
        confidence=0.0,
        raw_gesture=REST,
        probabilities=(0.0,) * len(model.classes),
        proportional=0.0,
        latency_s=0.0,
    )


def decide_recording(model: GestureModel, samples: FloatSamples) -> Iterator[Decision]:
    """Decisions on conditioned ``samples (n, channels)``, NaN in gaps, as the decoder makes them.

    ``time`` is in seconds from sample 0. Windows with a gap have no decision.
    """
    length, hop = model.window_samples
    decider = Decider(model)
    for end in range(-(-length // hop) * hop, len(samples) + 1, hop):
        decision = decider.step(samples[end - length : end], end - 1, (end - 1) / model.rate)
        if decision:
            yield decision


def evaluate_model(
    model: GestureModel,
    parts: Sequence[LabelledSamples],
    *,
    trim_start_s: float,
    trim_end_s: float,
    repetitions: Collection[int] | None = None,
    progress: Progress | None = None,
) -> EvaluationReport:
    """How a model does on labelled recordings, window by window without smoothing.

    ``repetitions`` narrows what is tested; use those it was not trained on.

    Raises
    ------
    EmgError
        There is nothing to test on.
    """
    tested = []
    for done, part in enumerate(parts):
        if progress:
            progress.report(done / len(parts), part.recording)
        dataset = build_dataset(
            [part],
            model.window,
            model.features,
            trim_start_s=trim_start_s,
            trim_end_s=trim_end_s,
        )
        if repetitions is not None:
            dataset = dataset.only("repetition", repetitions)
        if not len(dataset):
            raise EmgError(
                f"{part.recording} has none of the repetitions to test on.", "Choose others."
            )
        tested.append(Tested(dataset, model.lda.predict(dataset.x).tolist()))
    return evaluation_report("repetition", tested)

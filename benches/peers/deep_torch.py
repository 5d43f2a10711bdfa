"""The best local step of a deep network that we could write in PyTorch, on the CPU.

Images lie channel by channel at each pixel, so that a window is a few runs of memory and a batch becomes one
patch matrix: each block is two products, which are faster so than as convolutions. What lies between them is
eager and in place, or compiled; the fastest way and number of threads is found by trial. Pooling comes before
the power, which changes no maximum and leaves a quarter of the powers to be computed.
"""

import json
import os
import platform

import torch
import torch.nn.functional as F

import deep_settings
import settings
from deep_settings import EPSILON, MOMENTUM, NETWORK
from torch_step import fastest


def compete(u, y, temperature):
    """y = +softmax(t u) for the winner of each row and -softmax(t u) for all others."""
    torch.softmax(u if temperature == 1 else torch.mul(u, temperature, out=y), 1, out=y)
    shares, winners = y.max(1, keepdim=True)
    return y.neg_().scatter_(1, winners, shares)


def fused_compete(u, y, temperature):
    top = u.amax(1, keepdim=True)
    powers = torch.exp((u - top) * temperature)
    return torch.where(u == top, powers, -powers) / powers.sum(1, keepdim=True)


def take(W, change, y, u, rate):
    """W += rate sqrt(| |W| - 1 |) dW / max|dW|, dW = change - (sum of y u) W."""
    change.addcmul_(W, decay(W, change, y, u)[:, None], value=-1)
    least, largest = torch.aminmax(change)
    largest = torch.maximum(largest, -least).clamp_(min=1e-30)
    rates = torch.linalg.vector_norm(W, dim=1).sub_(1).abs_().add_(1e-10).sqrt_().mul_(rate / largest)
    W.addcmul_(change, rates[:, None])


def fused_take(W, change, y, u, rate):
    change = change - decay(W, change, y, u)[:, None] * W
    largest = change.abs().amax().clamp(min=1e-30)
    rates = ((torch.linalg.vector_norm(W, dim=1) - 1).abs() + 1e-10).sqrt() * (rate / largest)
    W.add_(change * rates[:, None])


def decay(W, change, y, u):
    """The sum of y u, which is also (sum of y x) . W: by whichever matrix is smaller."""
    return (change * W).sum(1) if W.numel() < u.numel() else (y * u).sum(0)


def hand_on(u, shape, block):
    """Triangle and pooling; `shape` is that of the maps."""
    return pooled(u.sub_(u.mean(1, keepdim=True)).view(shape), block)


def fused_hand_on(u, shape, block):
    return pooled((u - u.mean(1, keepdim=True)).view(shape), block)


def pooled(maps, block):
    maps = maps.permute(0, 3, 1, 2)
    kind, *window = block.pooling
    if kind == "max":
        return F.max_pool2d(maps, *window).clamp_(min=0).pow_(block.power)
    maps = maps.clamp_(min=0)
    return F.avg_pool2d(maps if block.power == 1 else maps.pow_(block.power), *window)


def compiled(function):
    return torch.compile(function, dynamic=False)


# What lies between the products: the competition, the step, and what goes to the next block.
EAGER = compete, take, hand_on
FUSED = fused_compete, fused_take, fused_hand_on


class Learner:
    """A block that learns from images [n, channels, rows, columns] in channels-last order."""

    def __init__(self, block, W, between):
        self.block, self.W = block, W.view(block.units, -1)
        self.compete, self.take, self.hand_on = between
        self.change = torch.empty_like(self.W)
        self.mean, self.variance = W.new_zeros(block.channels), W.new_ones(block.channels)
        self.x = None

    def patches(self, images):
        """The windows of padded images as rows, [places, visible]."""
        n, channels, rows, columns = images.shape
        kernel = self.block.kernel
        padded = F.pad(images, (kernel // 2,) * 4, mode="reflect").permute(0, 2, 3, 1).contiguous()
        if self.x is None:
            self.x = images.new_empty(n * rows * columns, kernel * kernel * channels)
            self.u, self.y = (images.new_empty(len(self.x), self.block.units) for _ in range(2))
        per_image, per_row, per_column, _ = padded.stride()
        strides = per_image, per_row, per_column, per_row, 1
        windows = padded.as_strided((n, rows, columns, kernel, kernel * channels), strides)
        self.x.view(windows.shape).copy_(windows)

    def step(self, images):
        """Learns, and returns what the block makes of the images by the weights before."""
        block = self.block
        seen = torch.batch_norm(images, None, None, self.mean, self.variance, True, MOMENTUM, EPSILON, False)
        self.patches(seen)
        torch.mm(self.x, self.W.t(), out=self.u)
        y = self.compete(self.u, self.y, block.temperature)
        torch.mm(y.t(), self.x, out=self.change)
        self.take(self.W, self.change, y, self.u, block.rate)
        n, _, rows, columns = images.shape
        return self.hand_on(self.u, (n, rows, columns, block.units), block)


def starts(network):
    """Name -> a function of the weights that returns a step, a function of images [n, rows, columns, channels]."""

    def way(threads, between):
        def start(weights):
            torch.set_num_threads(threads)
            learners = [Learner(block, W, between) for block, W in zip(network, weights)]

            def step(images):
                images = images.permute(0, 3, 1, 2)
                for learner in learners:
                    images = learner.step(images)
                return images.permute(0, 2, 3, 1)

            return step

        return start

    ways = {"eager": EAGER, "compiled": tuple(map(compiled, FUSED))}
    counts = sorted({1, os.cpu_count()})
    return {f"{name}, threads: {count}": way(count, ways[name]) for name in ways for count in counts}


def main():
    args = settings.parser(__doc__.splitlines()[0]).parse_args()
    # The tails of the softmax are denormal, which makes a product several times slower.
    torch.set_flush_denormal(True)
    name, batches = deep_settings.batches(args.data_dir)
    with torch.no_grad():
        result = fastest(starts(NETWORK), weights, torch.from_numpy(batches), trial=(3, 7), measured=(5, 25))
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    print(json.dumps(result | {"images": name, "versions": versions}))


def weights():
    return [torch.from_numpy(W) for W in deep_settings.weights(NETWORK)]


if __name__ == "__main__":
    main()

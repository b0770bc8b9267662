#!/usr/bin/env python3
"""Makes torchvision.json: what torchvision's nets compute from weights and images that formulas give.

    tests/goldens/make_torchvision.py > tests/goldens/torchvision.json      (torch 2.15, torchvision 0.29 when it was made)

Tensor number t of the sorted state dict (counters of batches left out) has at flat index i the value u * sqrt(2 / fan in)
where it has two axes or more, 0.1 u for biases and running means, 1 + 0.2 u^2 for running variances, 1 + 0.1 u for gains.
Images: sin(0.05 i) + 0.5 sin(0.0031 i), classes (7 row + 3) mod 1000.

SqueezeNet has a linear head on means in place of its own, whose ReLU stands between convolution and mean: what is
compared is its body.

Evaluation, f32: u = sin(0.1 * (i mod 10007 + 1) + t); the heatmap is Grad-CAM of the first image's highest logit,
before scaling. Training, one pass on batch statistics without dropout: with such weights, whose rows are nearly alike, deep nets
amplify rounding so much that f32 and f64 differ in the second digit of the loss, so u is noise (see there), and f64.

Of the image: the gradient of the first image's logit of class 3, evaluating, on the same noise and in f64; plainly, and guided: every
ReLU passes back only what is positive. Its norm, and every 997th value.
"""
import json
import sys

import torch
import torchvision

SHAPE = (3, 3, 96, 160)
# The module whose output is the feature map.
FEATURES = {"resnet18": "layer4", "resnet34": "layer4", "resnet50": "layer4", "resnet101": "layer4",
            "resnext50_32x4d": "layer4", "densenet121": "relu", "squeezenet1_1": "features"}


class LinearOfMeans(torch.nn.Linear):
    def forward(self, maps):
        return super().forward(maps.mean((2, 3)))


def wave(count, t):
    index = torch.arange(count, dtype=torch.float64)
    return torch.sin(0.1 * (index % 10007 + 1) + t)


def noise(count, t):
    """Of mean 0 and variance 1: a multiplicative hash of 32 bits, spread evenly."""
    bits = (torch.arange(count) * 2654435761 + (t + 1) * 97531) % 2**32
    bits = bits ^ (bits >> 16)
    bits = (bits * 668265263) % 2**32
    bits = bits ^ (bits >> 13)
    return (bits.double() / 2**31 - 1) * 3**0.5


def fill(net, formula):
    state = net.state_dict()
    names = sorted(name for name in state if not name.endswith("num_batches_tracked"))
    for t, name in enumerate(names):
        values = state[name]
        u = formula(values.numel(), t)
        if values.dim() >= 2:
            u = u * (2 * values.shape[0] / values.numel()) ** 0.5
        elif name.endswith(("running_mean", "bias")):
            u = 0.1 * u
        elif name.endswith("running_var"):
            u = 1 + 0.2 * u * u
        else:
            u = 1 + 0.1 * u
        values.copy_(u.reshape(values.shape).float())


def some(values, count=12):
    return [float(f"{value:.7g}") for value in values.detach().flatten()[:count]]


def made(arch, formula):
    net = getattr(torchvision.models, arch)(weights=None)
    if arch == "squeezenet1_1":
        net.classifier = LinearOfMeans(512, 1000)
    if arch == "densenet121":
        # As torchvision's forward, with its ReLU where a hook sees it.
        net.relu = torch.nn.ReLU()
        net.forward = lambda images: net.classifier(net.relu(net.features(images)).mean((2, 3)))
    with torch.no_grad():
        fill(net, formula)
    for module in net.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return net


def evaluated(arch, images):
    net = made(arch, wave).eval()
    seen = []

    def keep(module, arguments, output):
        output.retain_grad()
        seen.append(output)

    net.get_submodule(FEATURES[arch]).register_forward_hook(keep)
    logits = net(images.float())
    logits[0].max().backward()
    map_, gradient = seen[0].detach()[0], seen[0].grad[0]
    cam = torch.relu((gradient.mean((1, 2), keepdim=True) * map_).sum(0))
    return {"logits": some(logits[0]), "logits_norm": logits.norm().item(), "classes": logits.argmax(1).tolist(),
            "cam_shape": list(cam.shape), "cam": some(cam, 64)}


def trained(arch, images):
    net = made(arch, noise).double().train()
    targets = torch.tensor([(7 * row + 3) % 1000 for row in range(SHAPE[0])])
    loss = torch.nn.functional.cross_entropy(net(images), targets)
    loss.backward()
    parameters = dict(net.named_parameters())
    first, middle, last = (list(parameters)[place] for place in (0, len(parameters) // 2, -2))
    means = [name for name in net.state_dict() if name.endswith("running_mean")]
    return {"loss": loss.item(), "gradient_norms": {name: parameters[name].grad.norm().item() for name in (first, middle, last)},
            "running_mean": {name: some(net.state_dict()[name]) for name in means[:1] + means[-1:]}}


def of_image(arch, images, guided):
    net = made(arch, noise).double().eval()
    if guided:
        for module in net.modules():
            if isinstance(module, torch.nn.ReLU):
                module.register_full_backward_hook(lambda module, inner, outer: (inner[0].clamp(min=0),))
    image = images[:1].clone().requires_grad_()
    net(image)[0, 3].backward()
    gradient = image.grad.flatten()
    return {"norm": gradient.norm().item(), "values": some(gradient[::997], 50)}


def golden(arch):
    index = torch.arange(torch.Size(SHAPE).numel(), dtype=torch.float64)
    images = (torch.sin(0.05 * index) + 0.5 * torch.sin(0.0031 * index)).reshape(SHAPE)
    return {"arch": arch, **evaluated(arch, images), **trained(arch, images),
            "of_image": {rule: of_image(arch, images, rule == "guided") for rule in ("plain", "guided")}}


if __name__ == "__main__":
    json.dump([golden(arch) for arch in FEATURES], sys.stdout, indent=1)

#!/usr/bin/env python3
"""Makes cams.json: what pytorch-grad-cam finds in our nets, with weights and an image that formulas give.

    tests/goldens/make_cams.py > tests/goldens/cams.json      (grad-cam 1.5.7, torch 2.15, torchvision 0.29, timm when it was made)

Weights: the noise of make_torchvision.py, tensor by tensor of the sorted state dict. The image, 1 x 3 x 64 x 96, normalised:
sin(0.05 i) + 0.5 sin(0.0031 i). The class explained is 3 of 1000. All in f64, so that what is compared is the formula.

For each net and layer the maps as the package computes them before it scales them: Grad-CAM, Grad-CAM++ and Layer-CAM with
what is below 0, Eigen-CAM as the projection (its sign is arbitrary), and for the small nets Score-CAM. `alpha` is Grad-CAM's
mean over channels without ReLU. A map is written as its shape, its norm and up to 64 of its values, evenly spread.

SqueezeNet has a linear head on means, DenseNet its last ReLU as a module: see make_torchvision.py.
"""
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import timm
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, LayerCAM, ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection

SHAPE = (1, 3, 64, 96)
CLASS = 3
# Our name of a layer: the module's.
LAYERS = {
    "resnet18": {"layer4": "layer4", "layer2": "layer2"},
    "resnet34": {"layer4": "layer4", "layer3": "layer3"},
    "resnet50": {"layer4": "layer4", "layer3": "layer3", "layer1": "layer1"},
    "resnet101": {"layer4": "layer4", "layer3": "layer3"},
    "resnet152": {"layer4": "layer4", "layer3": "layer3"},
    "resnext50_32x4d": {"layer4": "layer4", "layer3": "layer3"},
    "densenet121": {"features.norm5": "relu", "features.denseblock3": "features.denseblock3"},
    "squeezenet1_1": {"features.12": "features.12", "features.7": "features.7"},
    "tf_efficientnet_lite0": {"conv_head": "bn2", "blocks.4": "blocks.4"},
}
# One pass of the net a channel.
SCORED = {"resnet18": "layer2", "tf_efficientnet_lite0": "blocks.4"}


def torchvisions():
    """make_torchvision.py without its last line, which prints."""
    path = Path(__file__).with_name("make_torchvision.py")
    source = path.read_text().rsplit("\njson.dump(", 1)[0]
    spec = importlib.util.spec_from_loader("torchvisions", loader=None)
    module = importlib.util.module_from_spec(spec)
    exec(compile(source, path, "exec"), module.__dict__)
    return module


nets = torchvisions()


def made(arch):
    if arch.startswith("tf_"):
        net = timm.create_model(arch, pretrained=False)
        with torch.no_grad():
            nets.fill(net, nets.noise)
        for module in net.modules():
            if hasattr(module, "inplace"):
                module.inplace = False
    else:
        net = nets.made(arch, nets.noise)
    return net.double().eval()


def spread(values):
    values = np.asarray(values, dtype=np.float64)
    flat = values.flatten()
    step = max(len(flat) // 64, 1)
    return {"shape": list(values.shape), "norm": float(np.linalg.norm(flat)), "values": [float(f"{v:.7g}") for v in flat[::step][:64]]}


def maps(net, module, image, with_scores):
    layer, targets = net.get_submodule(module), [ClassifierOutputTarget(CLASS)]
    found = {}
    for name, kind in (("grad-cam", GradCAM), ("grad-cam-plus-plus", GradCAMPlusPlus), ("layer-cam", LayerCAM)):
        with kind(net, [layer]) as cam:
            cam(image, targets)
            activation = cam.activations_and_grads.activations[0].numpy()
            gradient = cam.activations_and_grads.gradients[0].numpy()
            found[name] = cam.get_cam_image(image, layer, targets, activation, gradient, False)[0]
    found["grad-cam-mean"] = found["grad-cam"] / activation.shape[1]
    with EigenCAM(net, [layer]) as cam:
        cam(image, targets)
        found["eigen-cam"] = get_2d_projection(cam.activations_and_grads.activations[0].numpy())[0]
    if with_scores:
        with ScoreCAM(net, [layer]) as cam:
            cam(image, targets)
            activation = cam.activations_and_grads.activations[0].numpy()
            # Without the hooks, which would keep every masked image.
            cam.activations_and_grads.release()
            weights = cam.get_cam_weights(image, layer, targets, activation, None)
            found["score-cam"] = (weights[:, :, None, None] * activation).sum(1)[0]
    return {name: spread(values) for name, values in found.items()}


def golden(arch):
    net = made(arch)
    index = torch.arange(torch.Size(SHAPE).numel(), dtype=torch.float64)
    image = (torch.sin(0.05 * index) + 0.5 * torch.sin(0.0031 * index)).reshape(SHAPE)
    layers = LAYERS[arch].items()
    return {"arch": arch.removeprefix("tf_").replace("_lite0", "-lite0"),
            "layers": {name: maps(net, module, image, SCORED.get(arch) == name) for name, module in layers}}


torch.manual_seed(0)
json.dump([golden(arch) for arch in LAYERS], sys.stdout, indent=1)

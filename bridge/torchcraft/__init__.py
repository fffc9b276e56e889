"""TorchCraft's protocol, client, server and replay files, without TorchCraft."""

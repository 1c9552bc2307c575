package org.loupe.hub;

/** In which of its formats a checkpoint is fetched. */
public enum WeightFormat {
    /** Safetensors where the repository has them, else PyTorch. */
    ANY,
    /** Safetensors or nothing. */
    SAFETENSORS,
    /** PyTorch's zip and pickle files or nothing. */
    TORCH
}

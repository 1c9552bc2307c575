package org.loupe.training.onealign;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;

/** Where the tensors of a network come from while it is built. */
interface ParameterSource {
    /**
     * @param name as in the checkpoint
     * @param shape as the network needs it
     * @return a tensor of that shape in the network's number type, attached to the scope that is open
     * @throws IOException if it cannot be read
     */
    Tensor tensor(String name, long... shape) throws IOException;

    /**
     * A place in the checkpoint's tree of names.
     *
     * @param path ends with a dot, or is empty at the root
     */
    record Place(ParameterSource source, String path) {
        Place at(String child) {
            return new Place(source, path + child + ".");
        }

        /** @return the module's name */
        String name() {
            return path.substring(0, path.length() - 1);
        }

        Tensor tensor(String name, long... shape) throws IOException {
            return source.tensor(path + name, shape);
        }
    }
}

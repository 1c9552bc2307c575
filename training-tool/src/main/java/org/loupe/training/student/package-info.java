/**
 * The convolutional part of the small model learns to tell what a {@link org.loupe.training.teacher teacher} says of a picture. Enters:
 * pictures without ratings and the teacher; leaves: a {@link org.loupe.export.small.SmallModel.Network} of our own weights. Lessons, that
 * is views of pictures with the teacher's answers, lie in a file below the run's directory.
 */
@NullMarked
package org.loupe.training.student;

import org.jspecify.annotations.NullMarked;

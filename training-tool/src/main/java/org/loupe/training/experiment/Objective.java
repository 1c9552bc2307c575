package org.loupe.training.experiment;

/** What a head is made to do with a rating. */
enum Objective {
    /** One level is right, all others are equally wrong: the paper's way. */
    DISCRETE,
    /** A rating between two levels belongs to both, so that their mean is the rating. */
    SOFT,
    /** The mean of the level weights shall be the rating, squared error. */
    EXPECTED,
    /** One number instead of levels, squared error. */
    REGRESSION,
    /** A level is drawn and rewarded for lying close to the rating; nobody says which would have been right. */
    POLICY
}

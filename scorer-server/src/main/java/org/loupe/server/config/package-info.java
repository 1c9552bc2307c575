/**
 * The server's settings: one record from every package, read from a properties file, the environment and the command line. All errors
 * are reported together; an unknown key stops the start and names the nearest known one.
 */
@NullMarked
package org.loupe.server.config;

import org.jspecify.annotations.NullMarked;

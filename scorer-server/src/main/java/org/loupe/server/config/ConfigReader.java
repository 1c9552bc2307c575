package org.loupe.server.config;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.loupe.batch.BatchConfig;
import org.loupe.decode.DecodeLimits;
import org.loupe.engine.EngineConfig;
import org.loupe.modelpackage.ModelConfig;
import org.loupe.scoring.ScoringConfig;
import org.loupe.server.access.AccessConfig;
import org.loupe.server.grpc.GrpcConfig;
import org.loupe.server.http.HttpConfig;

/** Settings from a properties file, overruled by the environment, overruled by the command line. */
public final class ConfigReader {
    private ConfigReader() {}

    /**
     * @param file a properties file; nothing for none
     * @param environment variables; those named after a key count
     * @param overrides keys and values of the command line
     * @throws ConfigException with everything that is wrong
     */
    public static ServerConfig read(
            @Nullable Path file, Map<String, String> environment, Map<String, String> overrides) {
        List<String> problems = new ArrayList<>();
        Map<String, String> values = new TreeMap<>();
        if (file != null) {
            values.putAll(properties(file));
        }
        for (Setting setting : settings()) {
            String variable = environment.get(setting.variable());
            if (variable != null) {
                values.put(setting.key(), variable);
            }
        }
        values.putAll(overrides);
        refuseUnknown(values, problems);
        Map<Class<?>, Record> sections = new LinkedHashMap<>();
        for (Record defaults : ServerConfig.sections()) {
            Record section = section(defaults, values, problems);
            sections.put(defaults.getClass(), section);
        }
        return assemble(sections, problems);
    }

    private static ServerConfig assemble(Map<Class<?>, Record> sections, List<String> problems) {
        ServerConfig config = null;
        try {
            // also where something is wrong already: the bind rule may find more
            config = new ServerConfig(
                    get(sections, GrpcConfig.class),
                    get(sections, HttpConfig.class),
                    get(sections, AccessConfig.class),
                    get(sections, ModelConfig.class),
                    get(sections, DecodeLimits.class),
                    get(sections, EngineConfig.class),
                    get(sections, BatchConfig.class),
                    get(sections, ScoringConfig.class));
        } catch (IllegalArgumentException e) {
            problems.addAll(String.valueOf(e.getMessage()).lines().toList());
        }
        if (config == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config;
    }

    private static <T extends Record> T get(Map<Class<?>, Record> sections, Class<T> section) {
        Record value = sections.get(section);
        if (!section.isInstance(value)) {
            throw new IllegalStateException("every section is read: " + section);
        }
        return section.cast(value);
    }

    private static Map<String, String> properties(Path file) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(List.of("the configuration file " + file + " cannot be read: " + e.getMessage()));
        }
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(key -> key, key -> properties.getProperty(key, "")));
    }

    private static void refuseUnknown(Map<String, String> values, List<String> problems) {
        List<String> known = settings().stream().map(Setting::key).toList();
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                String nearest = known.stream()
                        .min(Comparator.comparingInt(other -> distance(key, other)))
                        .orElse("");
                problems.add(key + " is not a setting; did you mean " + nearest + "?");
            }
        }
    }

    private static Record section(Record defaults, Map<String, String> values, List<String> problems) {
        List<Setting> settings = Setting.of(defaults);
        Object[] arguments = new Object[settings.size()];
        for (int i = 0; i < arguments.length; i++) {
            Setting setting = settings.get(i);
            arguments[i] = setting.standard();
            String text = values.get(setting.key());
            if (text != null) {
                try {
                    arguments[i] = SettingText.parse(setting.component().getGenericType(), text);
                } catch (IllegalArgumentException e) {
                    problems.add(setting.key() + " " + e.getMessage());
                }
            }
        }
        return create(defaults, arguments, problems);
    }

    private static Record create(Record defaults, Object[] arguments, List<String> problems) {
        Class<?>[] types = Arrays.stream(defaults.getClass().getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return defaults.getClass().getDeclaredConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (!(cause instanceof IllegalArgumentException)) {
                throw new IllegalStateException("a config record fails only with what is wrong", e);
            }
            problems.addAll(String.valueOf(cause.getMessage()).lines().toList());
            return defaults;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a config record is public", e);
        }
    }

    static List<Setting> settings() {
        return ServerConfig.sections().stream()
                .flatMap(section -> Setting.of(section).stream())
                .toList();
    }

    /** @return every setting with its meaning and default, as a properties file that changes nothing */
    public static String documentation() {
        StringBuilder text = new StringBuilder(
                "# Each key can also be set by --set key=value, or by the environment variable named below it.\n");
        for (Setting setting : settings()) {
            text.append("\n# ")
                    .append(setting.doc())
                    .append("\n# ")
                    .append(setting.variable())
                    .append('\n');
            text.append(setting.key())
                    .append(" = ")
                    .append(SettingText.print(setting.standard()))
                    .append('\n');
        }
        return text.toString();
    }

    /** Levenshtein's distance: keys are short, mistyped ones shorter still. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}

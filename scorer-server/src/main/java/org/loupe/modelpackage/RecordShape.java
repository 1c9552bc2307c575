package org.loupe.modelpackage;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.loupe.score.Task;

/**
 * Compares a JSON tree with the record it should become and names everything that differs: unknown, missing and wrong-typed fields. A
 * binding library stops at the first finding; somebody who writes a manifest by hand wants all of them.
 */
final class RecordShape {
    private final List<String> problems = new ArrayList<>();

    private RecordShape() {}

    /** @return one sentence a problem, empty when the tree fits */
    static List<String> problems(JsonNode tree, Class<? extends Record> record) {
        RecordShape shape = new RecordShape();
        shape.record(tree, record, "");
        return shape.problems;
    }

    private void record(JsonNode node, Class<?> record, String path) {
        if (!node.isObject()) {
            problems.add(name(path) + " must be an object");
            return;
        }
        Set<String> unknown = new LinkedHashSet<>();
        node.fieldNames().forEachRemaining(unknown::add);
        RecordComponent[] components = record.getRecordComponents();
        Parameter[] parameters = canonical(record, components).getParameters();
        for (int i = 0; i < components.length; i++) {
            String field = components[i].getName();
            String fieldPath = path.isEmpty() ? field : path + "." + field;
            unknown.remove(field);
            JsonNode value = node.get(field);
            if (value == null || value.isNull()) {
                JsonProperty property = parameters[i].getAnnotation(JsonProperty.class);
                if (property != null && property.required()) {
                    problems.add(fieldPath + " is missing");
                }
            } else {
                value(value, components[i].getGenericType(), fieldPath);
            }
        }
        for (String field : unknown) {
            problems.add((path.isEmpty() ? field : path + "." + field) + " is not a known field");
        }
    }

    private void value(JsonNode node, Type type, String path) {
        if (type instanceof ParameterizedType generic) {
            Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
            if (generic.getRawType() == Map.class) {
                require(node.isObject(), path, "an object");
                node.properties().forEach(entry -> value(entry.getValue(), last, path + "." + entry.getKey()));
            } else {
                require(node.isArray(), path, "a list");
                for (int i = 0; i < node.size() && node.isArray(); i++) {
                    value(node.get(i), last, path + "[" + i + "]");
                }
            }
        } else if (type instanceof Class<?> plain) {
            plain(node, plain, path);
        }
    }

    private void plain(JsonNode node, Class<?> type, String path) {
        if (type.isRecord()) {
            record(node, type, path);
        } else if (type.isEnum()) {
            List<String> words = words(type);
            require(node.isTextual() && words.contains(node.textValue()), path, "one of " + String.join(", ", words));
        } else if (type == String.class) {
            require(node.isTextual(), path, "a text");
        } else if (type == int.class || type == Integer.class) {
            require(node.isInt(), path, "a whole number");
        } else {
            require(node.isNumber(), path, "a number");
        }
    }

    private void require(boolean holds, String path, String wanted) {
        if (!holds) {
            problems.add(path + " must be " + wanted);
        }
    }

    private static String name(String path) {
        return path.isEmpty() ? "the manifest" : path;
    }

    private static List<String> words(Class<?> type) {
        if (type == Task.class) {
            return Arrays.stream(Task.values()).map(Task::id).toList();
        }
        return Arrays.stream(type.getFields())
                .filter(field -> field.isEnumConstant() && field.isAnnotationPresent(JsonProperty.class))
                .map(field -> field.getAnnotation(JsonProperty.class).value())
                .toList();
    }

    private static Constructor<?> canonical(Class<?> record, RecordComponent[] components) {
        try {
            return record.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record without its canonical constructor: " + record, e);
        }
    }
}

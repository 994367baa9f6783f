"""The shaders. Light is worked out per vertex: a crown on a webcam has about three triangles to a pixel, so that a
vertex is finer than a pixel, and the fragments, drawn 2x2 to a pixel, cost next to nothing.

Everything is in camera space, millimetres, OpenCV's axes (y down, z forward); the environment's are y up, z towards
the viewer.
"""

DEPTH_VERTEX = """
#version 330
uniform mat4 clip_from_camera;
uniform mat4 camera_from_mesh;
in vec3 position;
out float depth_mm;
void main() {
    vec4 at = camera_from_mesh * vec4(position, 1.0);
    depth_mm = at.z;
    gl_Position = clip_from_camera * at;
}
"""

DEPTH_FRAGMENT = """
#version 330
in float depth_mm;
out float seen_mm;
void main() { seen_mm = depth_mm; }
"""

PIECE_VERTEX = """
#version 330
uniform mat4 clip_from_camera;
uniform mat4 camera_from_piece;
uniform sampler2DArray room;      // sharp, middle, rough, diffuse
uniform int kind;                 // 0 metal, 1 stone, 2 pearl, 3 cloth, 4 enamel
uniform vec3 base;                // F0 of metal, tint of a stone, colour of the rest
uniform float roughness;
uniform float ior;
uniform float dispersion;
uniform float exposure;

uniform sampler2D links;          // a row a link: three rows of its matrix
uniform int link_count;           // 0: no chain

in vec3 position;
in vec3 normal;
in float occlusion;
in float chain;
out vec3 colour;
out float depth_mm;

vec2 octahedral(vec3 d) {
    d /= abs(d.x) + abs(d.y) + abs(d.z);
    vec2 at = d.z >= 0.0 ? d.xy : (1.0 - abs(d.yx)) * vec2(d.x >= 0.0 ? 1.0 : -1.0, d.y >= 0.0 ? 1.0 : -1.0);
    return at * 0.5 + 0.5;
}

vec3 light(vec3 direction, float level) {
    return textureLod(room, vec3(octahedral(direction * vec3(1.0, -1.0, -1.0)), level), 0.0).rgb;
}

vec3 scatter(vec3 n) {            // a fixed turn of a facet's normal: the pavilion facet seen through it
    return fract(sin(vec3(dot(n, vec3(127.1, 311.7, 74.7)), dot(n, vec3(269.5, 183.3, 246.1)),
                          dot(n, vec3(113.5, 271.9, 124.6)))) * 43758.5453) * 2.0 - 1.0;
}

vec3 metal(vec3 n, vec3 v, vec3 f0, float rough, float ao) {
    float facing = clamp(dot(n, v), 0.0, 1.0);
    vec3 mirror = reflect(-v, n);
    float level = clamp(rough * 4.0, 0.0, 2.0);
    vec3 seen = mix(light(mirror, floor(level)), light(mirror, min(floor(level) + 1.0, 2.0)), fract(level));
    vec3 f = f0 + (1.0 - f0) * pow(1.0 - facing, 5.0);
    // what the dark cards hide still comes back once from the piece itself, in its own colour
    seen += light(n, 3.0) * f0 * 0.22;
    // crevices keep the metal's colour: light that bounces on gold turns gold
    vec3 shade = ao / (1.0 - f0 * (1.0 - ao) * 0.75);
    return seen * f * shade;
}

vec3 stone(vec3 n, vec3 v, vec3 tint, vec3 n_piece, float ao) {
    float facing = clamp(dot(n, v), 0.0, 1.0);
    vec3 inner = mat3(camera_from_piece) * normalize(n_piece + 0.75 * scatter(floor(n_piece * 37.0)));
    vec3 seen;
    for (int band = 0; band < 3; band++) {
        float index = ior + (float(band) - 1.0) * (ior - 1.0) * dispersion * 0.5;
        vec3 into = refract(-v, n, 1.0 / index);
        vec3 back = reflect(into, inner);
        vec3 again = reflect(back, normalize(inner.zxy + n));
        // leaving through the table bends the ray away from it: the room seems wider than it is
        vec3 leaving = normalize(again + n * (1.0 - index) * 0.35);
        seen[band] = light(leaving, 0.0)[band];
    }
    float f0 = pow((ior - 1.0) / (ior + 1.0), 2.0);
    float f = f0 + (1.0 - f0) * pow(1.0 - facing, 5.0);
    return seen * tint * (0.35 + 0.65 * ao) + light(reflect(-v, n), 0.0) * f;
}

vec3 pearl(vec3 n, vec3 v, vec3 body, float ao) {
    float facing = clamp(dot(n, v), 0.0, 1.0);
    float rim = pow(1.0 - facing, 3.0);
    vec3 overtone = mix(vec3(1.0, 0.93, 0.92), vec3(0.90, 0.98, 0.96), 0.5 + 0.5 * n.x);
    vec3 soft = (light(n, 3.0) * 0.95 + light(v, 3.0) * 0.25) * body * overtone;
    vec3 gloss = light(reflect(-v, n), 1.0) * (0.12 + 0.35 * rim) + light(reflect(-v, n), 0.0) * 0.06;
    return (soft + gloss) * (0.35 + 0.65 * ao);
}

vec3 cloth(vec3 n, vec3 v, vec3 body, float ao) {
    float rim = pow(1.0 - clamp(dot(n, v), 0.0, 1.0), 2.5);
    return light(n, 3.0) * body * (0.35 + 0.6 * rim) * ao;
}

vec3 film(vec3 x) {               // filmic curve (Narkowicz 2015), then the display's coding
    x *= exposure;
    vec3 y = clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0);
    return pow(y, vec3(1.0 / 2.2));
}

mat4 link(float along) {          // between two joints of the chain
    float at = along * float(link_count);
    int here = int(floor(at)) % link_count, next = (here + 1) % link_count;
    vec4 row[3];
    for (int k = 0; k < 3; k++)
        row[k] = mix(texelFetch(links, ivec2(k, here), 0), texelFetch(links, ivec2(k, next), 0), fract(at));
    return transpose(mat4(row[0], row[1], row[2], vec4(0.0, 0.0, 0.0, 1.0)));
}

void main() {
    mat4 camera_from_here = camera_from_piece;
    if (link_count > 0) camera_from_here = camera_from_piece * link(chain);
    vec4 at = camera_from_here * vec4(position, 1.0);
    vec3 n = normalize(mat3(camera_from_here) * normal);
    vec3 v = normalize(-at.xyz);
    if (dot(n, v) < 0.0) n = normalize(n - 2.0 * dot(n, v) * v);
    vec3 seen;
    if (kind == 0) seen = metal(n, v, base, roughness, occlusion);
    else if (kind == 1) seen = stone(n, v, base, normal, occlusion);
    else if (kind == 2) seen = pearl(n, v, base, occlusion);
    else if (kind == 3) seen = cloth(n, v, base, occlusion);
    else seen = cloth(n, v, base, occlusion) * 1.6 + light(reflect(-v, n), 0.0) * 0.06;
    colour = film(seen);
    depth_mm = at.z;
    gl_Position = clip_from_camera * at;
}
"""

PIECE_FRAGMENT = """
#version 330
uniform sampler2D behind;         // depth of the body, mm; 0 where there is none
uniform float soft_mm;
in vec3 colour;
in float depth_mm;
out vec4 premultiplied;
void main() {
    float body_mm = texelFetch(behind, ivec2(gl_FragCoord.xy) / 2, 0).r;
    float alpha = body_mm > 0.0 ? 1.0 - clamp((depth_mm - body_mm) / soft_mm, 0.0, 1.0) : 1.0;
    if (alpha <= 0.004) discard;
    premultiplied = vec4(colour * alpha, alpha);
}
"""

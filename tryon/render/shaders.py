"""The shaders. What changes slowly over a surface is worked out at its corners, which on a webcam's crown are about as
fine as its pixels; what it mirrors is looked up at every sample. Light is followed through a stone at the corners of
its facets where the stone is small, at every sample where it is large.

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

ROOM = """
#version 330
uniform sampler2DArray room;      // five from sharp to rough, one brushed, one diffuse
uniform float exposure;
const float BRUSHED = 5.0, DIFFUSE = 6.0;

vec2 octahedral(vec3 d) {         // of any length
    d /= abs(d.x) + abs(d.y) + abs(d.z);
    vec2 at = d.z >= 0.0 ? d.xy : (1.0 - abs(d.yx)) * vec2(d.x >= 0.0 ? 1.0 : -1.0, d.y >= 0.0 ? 1.0 : -1.0);
    return at * 0.5 + 0.5;
}

vec3 light(vec3 direction, float level) {
    return textureLod(room, vec3(octahedral(direction * vec3(1.0, -1.0, -1.0)), level), 0.0).rgb;
}

vec3 film(vec3 x) {               // filmic curve (Narkowicz 2015); the root is close to the display's coding
    x *= exposure;
    return sqrt(clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0));
}
"""

GEM = """
uniform vec3 base;                // F0 of metal, tint of a stone, colour of the rest
uniform int kind;                 // 0 metal, 1 stone, 2 pearl, 3 cloth, 4 enamel, 5 opal, 6 moonstone
uniform float ior;
uniform float dispersion;
uniform vec3 absorbed;            // logarithm of base
const float TABLE = 0.30;         // its height over the girdle, in half breadths; a brilliant's 15 % of its breadth
const float TABLE_HALF = 0.57;

// planes behind the girdle and how far out they lie: a brilliant's mains at 40.75 degrees, a step cut's two rows
const vec4 MAINS[8] = vec4[8](
    vec4(0.603, 0.250, -0.758, 0.653), vec4(0.250, 0.603, -0.758, 0.653), vec4(-0.250, 0.603, -0.758, 0.653),
    vec4(-0.603, 0.250, -0.758, 0.653), vec4(-0.603, -0.250, -0.758, 0.653), vec4(-0.250, -0.603, -0.758, 0.653),
    vec4(0.250, -0.603, -0.758, 0.653), vec4(0.603, -0.250, -0.758, 0.653));
const vec4 STEPS[8] = vec4[8](
    vec4(0.597, 0.0, -0.802, 0.50), vec4(0.0, 0.597, -0.802, 0.50), vec4(-0.597, 0.0, -0.802, 0.50),
    vec4(0.0, -0.597, -0.802, 0.50), vec4(0.783, 0.0, -0.622, 0.783), vec4(0.0, 0.783, -0.622, 0.783),
    vec4(-0.783, 0.0, -0.622, 0.783), vec4(0.0, -0.783, -0.622, 0.783));

vec3 stone(vec3 n, vec3 v, vec3 q, mat3 camera_from_cut, float step_cut, float seed, float ao, float level) {
    // in the stone's own directions; q in its half length, half breadth and half breadth again
    vec3 out_of = n * camera_from_cut, to_eye = v * camera_from_cut;
    vec3 d = refract(-to_eye, out_of, 1.0 / ior);
    d.xy += 0.05 * (vec2(seed, fract(7.3 * seed)) - 0.5);   // no two stones are cut or set quite alike
    float through = 1.0, way = 0.0;
    // what looks away is never seen: none of a group of corners that do walks the loop
    int bounces = dot(n, v) < -0.05 ? 0 : 2;
    for (int bounce = 0; bounce < bounces; bounce++) {
        float near = 4.0;
        vec3 facet = vec3(0.0, 0.0, -1.0);
        for (int k = 0; k < 8; k++) {
            vec4 plane = step_cut > 0.5 ? STEPS[k] : MAINS[k];
            float towards = dot(d, plane.xyz);
            float far = towards > 0.001 ? max(plane.w - dot(q, plane.xyz), 0.0) / towards : 9.0;
            facet = far < near ? plane.xyz : facet;
            near = min(far, near);
        }
        vec3 hit = q + d * near;
        float meets = hit.z < 0.12 ? 1.0 : 0.0;   // else it has left by the crown
        float along = dot(d, facet);
        // below the critical angle most of it leaves by the back, and there it is dark
        float leaks = 1.0 - smoothstep(0.80, 1.02, ior * sqrt(max(1.0 - along * along, 0.0)));
        through *= 1.0 - 0.80 * leaks * meets;
        d = mix(d, reflect(d, facet), meets);
        q = mix(q, hit, meets);
        way += near * meets;
    }
    through *= d.z > 0.06 ? 1.0 : 0.35;
    d.z = max(abs(d.z), 0.06);
    float rise = max(TABLE - q.z, 0.0) / d.z;
    way += rise;
    vec2 at = q.xy + d.xy * rise, side = abs(at);
    float off = length(at);
    vec2 eighth = side.x > 2.414 * side.y ? vec2(1.0, 0.0) : side.y > 2.414 * side.x ? vec2(0.0, 1.0) : vec2(0.7071);
    vec3 leaves = off < TABLE_HALF ? vec3(0.0, 0.0, 1.0) : vec3(eighth * sign(at) * 0.54, 0.84);
    vec3 seen = vec3(0.0);
    for (int band = 0; band < 3; band++) {
        // four times what KHR_materials_dispersion says: a webcam's pixel would average the rest away
        float index = ior + (float(band) - 1.0) * (ior - 1.0) * 0.10 * dispersion;
        vec3 away = refract(d, -leaves, index);
        float lost = dot(away, away) < 0.5 ? 1.0 : 0.0;
        away = mix(away, vec3(-d.xy, d.z), lost);   // once more across, and out on the other side
        seen[band] = light(camera_from_cut * away, level)[band] * (1.0 - 0.35 * lost);
    }
    float f0 = pow((ior - 1.0) / (ior + 1.0), 2.0);
    float f = f0 + (1.0 - f0) * pow(1.0 - clamp(dot(n, v), 0.0, 1.0), 5.0);
    vec3 depth = exp(absorbed * (0.40 + 0.42 * way));
    return (seen * through * (1.0 - f) * depth + depth * 0.05) * (0.4 + 0.6 * ao) + light(reflect(-v, n), level) * f;
}

vec3 glow(vec3 n, vec3 v, vec3 q, mat3 camera_from_cut, float ao) {
    // opal: flakes that each send one colour one way; moonstone: a blue sheen that floats under the surface
    vec3 to_eye = v * camera_from_cut;
    vec3 milk = light(n, DIFFUSE) * base;
    vec3 inside = refract(-v, n, 1.0 / 1.45);
    vec3 sheen;
    if (kind == 5) {
        vec3 at = q * 2.6 + inside * camera_from_cut * 0.5;
        at += 0.7 * sin(at.yzx * 1.9 + 1.3) + 0.35 * sin(at.zxy * 4.3);
        sheen = vec3(0.0);
        for (int layer = 0; layer < 3; layer++) {
            vec3 along = layer == 0 ? vec3(2.1, 0.7, -1.1) : layer == 1 ? vec3(-0.9, 2.3, 0.8) : vec3(1.4, -1.2, 2.0);
            float patch_ = smoothstep(0.25, 0.85, sin(dot(at, along) + float(layer) * 2.1));
            // each patch sends one colour one way: it runs through the hues as she turns, and goes out
            float meets = dot(to_eye, normalize(along.zxy));
            vec3 hue = 0.5 + 0.5 * cos(6.2832 * (2.2 * meets + dot(at, along.yzx) * 0.11 + vec3(0.0, 0.33, 0.67)));
            sheen += hue * hue * patch_ * (0.35 + 0.65 * smoothstep(-0.2, 0.7, sin(9.0 * meets + float(layer))));
        }
        sheen *= light(n, DIFFUSE) * 0.85;
        milk *= 0.55;
    } else {
        vec3 floating = normalize(n + 0.9 * vec3(0.0, -0.35, -1.0));
        sheen = vec3(0.30, 0.52, 1.0) * pow(max(dot(floating, normalize(v + vec3(0.0, -0.5, 0.0))), 0.0), 14.0) * 1.1;
        milk *= 0.45;
    }
    float f = 0.04 + 0.96 * pow(1.0 - clamp(dot(n, v), 0.0, 1.0), 5.0);
    return (milk + sheen) * (0.35 + 0.65 * ao) + light(reflect(-v, n), 1.0) * f;
}

vec3 gem(vec3 n, vec3 v, vec3 q, mat3 camera_from_cut, float step_cut, float seed, float ao, float level) {
    if (kind == 1) return stone(n, v, q, camera_from_cut, step_cut, seed, ao, level);
    return glow(n, v, q, camera_from_cut, ao);
}
"""

PLACE = """
uniform mat4 clip_from_camera;
uniform mat4 camera_from_piece;
uniform sampler2D links;          // a row a link: three rows of its matrix
uniform int link_count;           // 0: no chain
uniform sampler2D cuts;           // four texels a stone, FOLD stones a row
const int FOLD = 256;

in vec3 position;
in vec3 normal;
in float occlusion;
in float chain;
in float stone_of;
in float bend;                    // how much its normal turns over a millimetre, rad

mat4 link(float along) {          // between two joints of the chain
    float at = along * float(link_count);
    int here = int(floor(at)) % link_count, next = (here + 1) % link_count;
    vec4 row[3];
    for (int k = 0; k < 3; k++)
        row[k] = mix(texelFetch(links, ivec2(k, here), 0), texelFetch(links, ivec2(k, next), 0), fract(at));
    return transpose(mat4(row[0], row[1], row[2], vec4(0.0, 0.0, 0.0, 1.0)));
}

mat4 placed() {
    if (link_count > 0) return camera_from_piece * link(chain);
    return camera_from_piece;
}

struct Cut { mat3 turn; vec3 at; float stepped; };

Cut cut_of() {                    // axes of this corner's stone, and where on it the corner is
    int number = int(stone_of + 0.5);
    ivec2 from = ivec2((number % FOLD) * 4, number / FOLD);
    vec4 middle = texelFetch(cuts, from, 0), along = texelFetch(cuts, from + ivec2(1, 0), 0);
    vec4 table = texelFetch(cuts, from + ivec2(2, 0), 0);
    Cut found;
    found.turn = mat3(along.xyz, cross(table.xyz, along.xyz), table.xyz);
    found.at = ((position - middle.xyz) * found.turn) / vec3(middle.w, along.w, table.w);
    found.stepped = texelFetch(cuts, from + ivec2(3, 0), 0).x;
    return found;
}
"""

MIRRORS = "#define MIRRORS"


def with_mirror(shader: str, /) -> str:
    """The same shader of what mirrors the room at every sample."""
    return shader.replace("#version 330", f"#version 330\n{MIRRORS}")


PIECE_VERTEX = (
    ROOM
    + GEM
    + PLACE
    + """
uniform bool aged;
uniform float level;              // of the room, for what is mirrored
uniform float pixel_mm;           // how much of the piece a pixel covers at a millimetre from the camera
uniform float clearcoat;
uniform vec3 emissive;
out vec4 soft_depth;              // few and full: each costs every triangle
#ifdef MIRRORS
out vec4 gain_level;
out vec3 mirrored;
#endif

void main() {
    vec3 soft, gain = vec3(0.0);
    mat4 camera_from_here = placed();
    vec4 at = camera_from_here * vec4(position, 1.0);
    vec3 n = normalize(mat3(camera_from_here) * normal);
    vec3 v = normalize(-at.xyz);
    if (kind != 1 && dot(n, v) < 0.0) n = normalize(n - 2.0 * dot(n, v) * v);
    float facing = clamp(dot(n, v), 0.0, 1.0);
    vec3 mirror = reflect(-v, n);
    if (kind == 0) {
        vec3 f = base + (1.0 - base) * pow(1.0 - facing, 5.0);
        // crevices keep the metal's colour: light that bounces on gold turns gold
        vec3 shade = occlusion / (1.0 - base * (1.0 - occlusion) * 0.75);
        if (aged) shade *= mix(0.10, 1.0, smoothstep(0.35, 0.85, occlusion));
        gain = f * shade;
        // what the dark cards hide still comes back once from the piece itself, in its own colour
        soft = light(n, DIFFUSE) * base * base * 0.16 * shade + light(mirror, 4.0) * gain * 0.12;
    } else if (kind == 2) {
        float rim = pow(1.0 - facing, 3.0);
        vec3 overtone = mix(vec3(1.06, 0.94, 0.92), vec3(0.95, 1.01, 0.96), 0.5 + 0.5 * n.x);
        // light goes in, and comes out softened: the shaded side is never black
        soft = (light(n, DIFFUSE) * 0.74 + light(v, DIFFUSE) * 0.30) * base * overtone * (0.30 + 0.70 * occlusion);
        gain = mix(vec3(0.17), vec3(0.34, 0.30, 0.31), rim) * (0.3 + 0.7 * occlusion);
    } else if (kind == 3) {
        float rim = pow(1.0 - facing, 2.5);
        soft = light(n, DIFFUSE) * (base * 0.75 + (base + 0.05) * 0.9 * rim) * (0.25 + 0.75 * occlusion);
    } else if (kind == 4) {
        float f = 0.04 + 0.96 * pow(1.0 - facing, 5.0);
        soft = light(n, DIFFUSE) * base * 0.85 * occlusion;
        gain = vec3(f) * (0.4 + 0.6 * occlusion);
    } else {
        Cut cut = cut_of();
        float seed = fract(stone_of * 0.618034);
        soft = gem(n, v, cut.at, mat3(camera_from_here) * cut.turn, cut.stepped, seed, occlusion, 1.0);
    }
    // lacquer lies over what it covers, and takes from it what it throws back
    float coat = clearcoat * (0.04 + 0.96 * pow(1.0 - facing, 5.0));
    soft = soft * (1.0 - coat) + light(mirror, 1.0) * coat + emissive;
    gain *= 1.0 - coat;
#ifdef MIRRORS
    // a pixel of a thin wire mirrors half the room: a rougher map is that pixel's mean, and does not boil
    float turns = bend * pixel_mm * at.z;
    float rough = level == BRUSHED ? level : max(level, clamp(2.0 + 1.2 * log2(turns / 0.4), 0.0, 3.0));
    soft_depth = vec4(soft, at.z);
    gain_level = vec4(gain, rough);
    mirrored = mirror;
#else
    soft_depth = vec4(film(soft), at.z);
#endif
    gl_Position = clip_from_camera * at;
}
"""
)

GEM_VERTEX = (
    "#version 330"
    + PLACE
    + """
out vec3 at_mm;
out vec3 on_stone;
out vec3 facing_out;
out float open_sky;
flat out mat3 camera_from_cut;
flat out vec2 cut_and_seed;

void main() {
    mat4 camera_from_here = placed();
    vec4 at = camera_from_here * vec4(position, 1.0);
    Cut cut = cut_of();
    at_mm = at.xyz;
    on_stone = cut.at;
    facing_out = mat3(camera_from_here) * normal;
    open_sky = occlusion;
    camera_from_cut = mat3(camera_from_here) * cut.turn;
    cut_and_seed = vec2(cut.stepped, fract(stone_of * 0.618034));
    gl_Position = clip_from_camera * at;
}
"""
)

COVER = """
uniform sampler2D behind;         // depth of the body, mm; 0 where there is none
uniform float soft_mm;
uniform float sample_px;         // how much of a pixel a sample is, each way
out vec4 premultiplied;

vec4 covered(vec3 colour, float depth_mm) {       // nothing is left out: what would be nearer is hidden just as well
    float body_mm = texelFetch(behind, ivec2(gl_FragCoord.xy * sample_px), 0).r;
    float alpha = body_mm > 0.0 ? 1.0 - clamp((depth_mm - body_mm) / soft_mm, 0.0, 1.0) : 1.0;
    return vec4(colour * alpha, alpha);
}
"""

PIECE_FRAGMENT = (
    ROOM
    + COVER
    + """
in vec4 soft_depth;
#ifdef MIRRORS
in vec4 gain_level;
in vec3 mirrored;
#endif
void main() {
#ifdef MIRRORS
    premultiplied = covered(film(soft_depth.rgb + gain_level.rgb * light(mirrored, gain_level.w)), soft_depth.w);
#else
    premultiplied = covered(soft_depth.rgb, soft_depth.w);
#endif
}
"""
)

GEM_FRAGMENT = (
    ROOM
    + GEM
    + COVER
    + """
in vec3 at_mm;
in vec3 on_stone;
in vec3 facing_out;
in float open_sky;
flat in mat3 camera_from_cut;
flat in vec2 cut_and_seed;
void main() {
    vec3 v = normalize(-at_mm), n = normalize(facing_out);
    premultiplied =
        covered(film(gem(n, v, on_stone, camera_from_cut, cut_and_seed.x, cut_and_seed.y, open_sky, 0.0)), at_mm.z);
}
"""
)
